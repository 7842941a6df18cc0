"""Several runs: small multiples, comparison, and the machine under them."""
