"""How an instance stood, what came between, and why: answers from its entries alone."""
