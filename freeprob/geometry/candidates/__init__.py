"""Where could something happen? Critical values, poles, points at infinity."""
