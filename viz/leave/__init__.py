"""A walk to take along: one HTML file that opens without a server and asks nobody for anything."""
