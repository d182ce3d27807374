"""Owns who is told what and the opening of sealed data; reads the inner facts, writes feedback and partners' doors."""
