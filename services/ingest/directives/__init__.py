"""The register of directive documents (văn bản chỉ đạo): taking them, reading it."""
