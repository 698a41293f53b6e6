"""Transfer: what the command line does with a running hub over HTTP, such as exports and imports."""
