"""The files a dataset can be had as; a module for each format."""
