"""Settings of the model's tests."""

import torch

# The tensors here are tiny: a second thread only waits, and waits long where others use the machine too.
torch.set_num_threads(1)
