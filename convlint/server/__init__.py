"""`convlint server`: a language server, so that editors show findings, shapes and fixes while a file is written.

`serving` speaks the protocol and knows no network; `documents` checks the text of each open file once a version; the
other modules turn what is known of it into what an editor shows: `diagnostics`, `actions`, `layers` and `navigation`.
Positions of the protocol are made in `positions` alone.
"""
