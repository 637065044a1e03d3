"""The Ultralytics dialect against the package itself."""
