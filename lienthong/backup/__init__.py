"""Backup, restore, the archive's file, closed years as signed files."""
