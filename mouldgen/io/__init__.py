"""Readers: files to specimens, landmarks, and reports on what a file holds."""
