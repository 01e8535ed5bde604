"""What somebody with bad intentions would try, against a running portal."""
