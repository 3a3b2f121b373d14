"""The generated suite: values x routes x libraries x rules, bad programs and good ones."""
