"""`keytide up`: regions and front door on this machine, and the processes behind them."""
