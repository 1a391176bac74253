"""The tabs, and what lies over them."""
