"""The dossier: its content, typesetting, signature and verification."""
