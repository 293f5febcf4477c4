# The only ways to declare a library, a program and a test, so that warnings, language level,
# include root and hardening cannot differ from folder to folder.

option(OTP_FUZZ "Make libFuzzer programs of tests/fuzz (clang)" OFF)
option(OTP_KILL_POINTS "Let tests kill the programs at each step (common/core/kill_point.hpp)" OFF)
set(OTP_SANITIZE "" CACHE STRING "Comma separated list for -fsanitize=, or empty")

add_library(otp_options INTERFACE)
target_compile_features(otp_options INTERFACE cxx_std_20)
target_include_directories(otp_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(otp_options INTERFACE OTP_VERSION="${PROJECT_VERSION}")
target_compile_options(otp_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports it falsely for every coroutine once Asio is compiled separately.
    target_compile_options(otp_options INTERFACE -Wno-mismatched-new-delete)
    if(CMAKE_UNITY_BUILD)
        # It is about lambdas in headers; with CMAKE_UNITY_BUILD every source is included like one.
        target_compile_options(otp_options INTERFACE -Wno-subobject-linkage)
    endif()
else()
    # RapidJSON 1.1.0 compares iterators by members, which C++20 may also read from right to left.
    target_compile_options(otp_options INTERFACE -Wno-ambiguous-reversed-operator)
endif()
# Where the programs are for tests only, linking them fast counts: gold takes a third of the usual linker's time.
# Not with clang's sanitizers: of each function of theirs gold says that it cannot export it.
find_program(OTP_GOLD ld.gold)
if(OTP_GOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT OTP_FUZZ)
    target_link_options(otp_options INTERFACE -fuse-ld=gold)
endif()
if(OTP_SANITIZE)
    # pointer-overflow: RapidJSON 1.1.0 adds an offset to a null pointer (internal/stack.h).
    target_compile_options(otp_options INTERFACE
        -fsanitize=${OTP_SANITIZE} -fno-sanitize=pointer-overflow -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(otp_options INTERFACE -fsanitize=${OTP_SANITIZE})
    if(OTP_SANITIZE MATCHES "address")
        # Each literal has a descriptor with addresses in it: to relocate them took half of a program's start.
        target_link_options(otp_options INTERFACE -no-pie)
    endif()
    if(OTP_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(otp_options INTERFACE -Wno-tsan)  # Asio's fence is not modelled
    endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(otp_options INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -D_GLIBCXX_ASSERTIONS -fPIE)
    target_link_options(otp_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# otp_module(<name> [APART] HEADERS ... [SOURCES ...] [DEPS our modules ...] [LINKS outside targets ...])
# Paths are relative to the folder of the calling CMakeLists.txt. The presets release and asan compile several sources of a module
# together, which takes less time; a name of one file's own must be a name of its module then. APART: not this one's.
function(otp_module name)
    cmake_parse_arguments(M "APART" "" "HEADERS;SOURCES;DEPS;LINKS" ${ARGN})
    if(M_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "otp_module(${name}): unknown argument ${M_UNPARSED_ARGUMENTS}")
    endif()
    if(M_SOURCES)
        add_library(${name} STATIC ${M_SOURCES})
        set(scope PUBLIC)
    else()
        add_library(${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_link_libraries(${name} ${scope} otp_options ${M_DEPS} ${M_LINKS})
    target_sources(${name} ${scope} FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${M_HEADERS})
    # Target all_verify_interface_header_sets compiles each header alone.
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    if(M_APART)
        set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
    endif()
endfunction()

# otp_program(<name> [FAST_ALLOCATOR] SOURCES ... DEPS ...): a binary in <build>/bin; its own sources are compiled one by one.
# FAST_ALLOCATOR: with jemalloc, which takes a tenth of a worker's CPU off glibc's allocator; the sanitizers bring one of their own.
function(otp_program name)
    cmake_parse_arguments(P "FAST_ALLOCATOR" "" "SOURCES;DEPS;LINKS" ${ARGN})
    if(P_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "otp_program(${name}): unknown argument ${P_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${P_SOURCES})
    target_link_libraries(${name} PRIVATE otp_options ${P_DEPS} ${P_LINKS})
    if(P_FAST_ALLOCATOR AND NOT OTP_SANITIZE)
        target_link_libraries(${name} PRIVATE PkgConfig::jemalloc)
    endif()
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# otp_test(<name> LABEL unit|contract|integration DEPS ... [LINKS ...] [SECONDS n]):
# tests/<label>/<name>.cpp is one binary; it runs in the project's root. What may take the longest starts first.
function(otp_test name)
    cmake_parse_arguments(T "" "LABEL;SECONDS" "DEPS;LINKS" ${ARGN})
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "otp_test(${name}): unknown argument ${T_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT T_SECONDS)
        set(T_SECONDS 60)
    endif()
    add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/${T_LABEL}/${name}.cpp")
    target_compile_definitions(${name} PRIVATE BOOST_TEST_MODULE=${name} BOOST_TEST_DYN_LINK)
    target_link_libraries(${name} PRIVATE otp_options ${T_DEPS} ${T_LINKS} Boost::unit_test_framework)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_test(NAME ${T_LABEL}.${name} COMMAND ${name} --color_output=no
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${T_LABEL}.${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_SECONDS} COST ${T_SECONDS})
endfunction()

# otp_python_test(<name> LABEL integration|system|fault [SECONDS n]): tests/<label>/<name>.py, run by Debian's Python.
# It finds the programs under test by OTP_BUILD_DIR and the servers by what scripts/devstack env exports.
function(otp_python_test name)
    cmake_parse_arguments(T "" "LABEL;SECONDS" "" ${ARGN})
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "otp_python_test(${name}): unknown argument ${T_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT T_SECONDS)
        set(T_SECONDS 180)
    endif()
    add_test(NAME ${T_LABEL}.${name}
             COMMAND /usr/bin/python3 "${PROJECT_SOURCE_DIR}/tests/${T_LABEL}/${name}.py"
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${T_LABEL}.${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_SECONDS} COST ${T_SECONDS}
                         ENVIRONMENT "OTP_BUILD_DIR=${PROJECT_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()
