"""Names as several places show them: read, judged, mended, waived."""
