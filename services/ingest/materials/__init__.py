"""Material shared between agencies (tư liệu dùng chung): taking it, finding it, counting it."""
