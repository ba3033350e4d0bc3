using System.Reflection;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The types that public members of an assembly name.</summary>
internal static class Signatures
{
    internal static IEnumerable<Type> Types(Assembly assembly) =>
        assembly
            .GetExportedTypes()
            .Where(type => type.Namespace != "ConcreteMl.Interop")
            .SelectMany(type => Declared(type).SelectMany(TypesOf).Append(type.BaseType!).Concat(type.GetInterfaces()))
            .Where(type => type is not null)
            .SelectMany(Parts)
            .Distinct();

    private static IEnumerable<MemberInfo> Declared(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not MethodInfo { IsSpecialName: true } and not FieldInfo { IsSpecialName: true })
            .Where(member => !member.Name.Contains('<', StringComparison.Ordinal));

    private static IEnumerable<Type> TypesOf(MemberInfo member) =>
        member switch
        {
            PropertyInfo property => [property.PropertyType],
            MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)],
            ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
            FieldInfo field => [field.FieldType],
            _ => [],
        };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];
}
