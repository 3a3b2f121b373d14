"""What is kept between runs, so that the next run reads new commits only."""
