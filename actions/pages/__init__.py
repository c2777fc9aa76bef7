"""How pages for the public are made and kept in a folder."""
