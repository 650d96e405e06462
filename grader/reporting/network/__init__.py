"""A network as a drawing or as text: where boxes go, and what stands in them."""
