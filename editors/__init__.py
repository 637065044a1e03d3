"""What editors and continuous integration read of convlint."""
