"""Characters, grams, token rules and the user dictionary: what every segmenter stands on."""
