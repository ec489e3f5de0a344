/* A Python extension that leaks. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../leak.h"

static PyObject *leak(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    host_leak();
    host_use();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "leak", leak, METH_NOARGS, "Leaks 40 kB." },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "leaky", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_leaky(void)
{
    return PyModule_Create(&module);
}
