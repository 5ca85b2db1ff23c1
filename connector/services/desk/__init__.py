"""Read models of the merchant's desk: rows gathered into what a page says, and its two switches."""
