"""The files a dataset can be had as: a row in `table` and a module for each format."""
