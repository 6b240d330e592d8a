"""Language models of characters: how many bits a character of unseen text costs, and new text drawn from them."""
