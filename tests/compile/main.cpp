// SPDX-License-Identifier: Apache-2.0
// What is tested here has been compiled and linked by now.
int main() {}
