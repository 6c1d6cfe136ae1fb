"""Registration: putting files and folders in the catalogue where they lie."""
