"""What is open to all: the shelf of products in plain words, activities, and QR codes for both."""
