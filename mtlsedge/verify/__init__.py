"""The checks of the tutorials, each independent of the others, against any stack, local or real."""
