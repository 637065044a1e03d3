"""One reader a format: a source tree becomes an `Architecture`."""
