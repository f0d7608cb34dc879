"""Reviews: how good files are to have, and what people are asked to look at."""
