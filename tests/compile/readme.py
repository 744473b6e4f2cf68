#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""readme.py README EXAMPLE: the README quotes the marked region of the example word for word."""
import re
import sys

readme, example = (open(path, encoding='utf-8').read() for path in sys.argv[1:])
region = re.search(r'// \[update_config\]\n(.*?)\n// \[/update_config\]', example, re.S).group(1)
if '```cpp\n' + region + '\n```' not in readme:
    sys.exit('README.md does not quote [update_config] of examples/config_update.cpp as it is')
