// SPDX-License-Identifier: Apache-2.0
// Of every test program: the tests are in its other files.
#define BOOST_TEST_MODULE leasehold
#include <boost/test/unit_test.hpp>
