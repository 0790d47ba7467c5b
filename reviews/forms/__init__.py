"""The forms of a review, by whose page they stand on."""
