"""The rules as pure functions over whole tables: no files, no clock, no scheme object."""
