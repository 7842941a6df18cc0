"""The CUDA implementations, tested without a GPU.

- simulator.py runs a kernel on the CPU, thread by thread, and notices what is wrong with it
  (rewrite.py, source.py: the kernel as a function of one thread; scheduler.py: the round robin; lane.py: what a
  thread can do)
- runtime.py is the engine's device `cuda` over the simulator, and counts the calls that a driver would get
- assembly.py compiles a kernel for GPUs that are not here: registers, spills, float64
- standin/ is a driver that lets numba.cuda's own runtime run here, its launches run by the simulator
- test_every_kernel.py takes every operation through the first three, test_fit.py and test_standin.py whole trainings
- conftest.py starts the processes of test_standin.py, whose tests come first: they run beside those of other workers

What none of it shows: speed, races that need true concurrency, errors of a real driver.
"""
