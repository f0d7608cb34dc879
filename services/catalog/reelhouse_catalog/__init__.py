"""What is there: libraries, files, titles."""
