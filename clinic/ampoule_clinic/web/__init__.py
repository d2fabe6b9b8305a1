"""What the clinic's own pages have in common: templates, forms, answers."""
