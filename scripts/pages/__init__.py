"""The reference pages that are generated from the code: a module a page, each with one function that gives its text."""
