"""One module a form of configuration: from the tree of a file to the resources that it makes."""
