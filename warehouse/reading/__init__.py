"""What is asked of it: the rows that readers get, the views they are made from, the file that officers open."""
