"""Enrichment: what is known of titles besides their files, who says so, and who is believed."""
