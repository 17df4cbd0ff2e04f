"""Running the notebooks of a period and publishing them as a site that can be made again."""
