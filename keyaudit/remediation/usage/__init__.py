"""Stage 4, usage: keys restricted to one purpose, rate limits, and JSON Web Signatures."""
