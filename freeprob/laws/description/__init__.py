"""What a law says of itself: the node of the tree, and how papers write it."""
