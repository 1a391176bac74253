"""Questions answered from notes: evidence packed, an answer asked for, every citation checked."""
