"""What is kept between runs, so that a next run looks at new commits only."""
