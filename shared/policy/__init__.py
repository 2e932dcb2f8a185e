"""Key policies: today their documents; their evaluation comes with authorization."""
