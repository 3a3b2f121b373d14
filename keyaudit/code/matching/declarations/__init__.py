"""What a program declares to be given or to give: the parameters and results of Ansible's modules,
and the parameters in the paths of a web server."""
