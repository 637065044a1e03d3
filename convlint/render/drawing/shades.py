"""The colours of an SVG, on light pages and on dark ones."""

from __future__ import annotations

_LIGHT = {
    "paper": "#ffffff", "band": "#ffffff", "odd": "#f4f6f8", "ink": "#1b1f24", "faint": "#57606a", "line": "#57606a",
    "skip": "#0b6bcb", "layer": "#ffffff", "border": "#8c959f", "block": "#eef1f4", "down": "#fdf0e4", "up": "#e6f2fc",
    "merge": "#e8f5ea", "input": "#f4f6f8", "error": "#c4161c",
    "warning": "#9a6700", "info": "#0b6bcb", "sign": "#ffffff",
    "added": "#1a7f37", "removed": "#c4161c", "altered": "#9a6700",
}  # fmt: skip
_DARK = {
    "paper": "#0d1117", "band": "#0d1117", "odd": "#141a22", "ink": "#e6edf3", "faint": "#9aa4af", "line": "#8b949e",
    "skip": "#58a6ff", "layer": "#161b22", "border": "#57606a", "block": "#21262d", "down": "#3a2a1a", "up": "#16304a",
    "merge": "#17341f", "input": "#161b22", "error": "#ff7b72",
    "warning": "#e3b341", "info": "#58a6ff", "sign": "#0d1117",
    "added": "#3fb950", "removed": "#ff7b72", "altered": "#e3b341",
}  # fmt: skip

_MARKS = ("error", "warning", "info", "added", "removed", "altered")


def style(heading: float, caption: float, label: float) -> str:
    """The style sheet, for font sizes in pixels."""
    fonts = (
        "text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif}"
        f".title,.heading{{font-size:{heading:g}px;font-weight:bold}}"
        f".caption,.inset,.remark{{font-size:{caption:g}px}}.shape{{font-size:{label:g}px}}"
        ".heading,.caption,.mark-sign{text-anchor:middle}.mark-sign{font-size:11px;font-weight:bold}"
        ".edge{fill:none;stroke-width:1.3}.node rect{stroke-width:1.1}.block rect{stroke-width:1.8}"
        f".fold rect{{stroke-dasharray:4 3}}{','.join(f'.{mark} rect' for mark in _MARKS)}{{stroke-width:2.4}}"
    )
    return f"{fonts}{_colours(_LIGHT)}@media (prefers-color-scheme:dark){{{_colours(_DARK)}}}"


def _colours(shade: dict[str, str]) -> str:
    marks = "".join(
        f".{mark} rect{{stroke:{shade[mark]}}}.{mark} .mark,.remark.{mark}{{fill:{shade[mark]}}}" for mark in _MARKS
    )
    roles = "".join(f".{role} rect{{fill:{shade[role]}}}" for role in ("block", "down", "up", "merge"))
    return (
        f".paper{{fill:{shade['paper']}}}.band{{fill:{shade['band']}}}.odd{{fill:{shade['odd']}}}"
        f"text{{fill:{shade['ink']}}}.caption,.shape,.inset{{fill:{shade['faint']}}}"
        f".edge{{stroke:{shade['line']}}}.skip{{stroke:{shade['skip']}}}.arrow{{fill:{shade['line']}}}"
        f".skip-arrow{{fill:{shade['skip']}}}.node rect{{fill:{shade['layer']};stroke:{shade['border']}}}"
        f".input rect,.output rect{{fill:{shade['input']}}}{roles}{marks}.mark-sign{{fill:{shade['sign']}}}"
    )
