using System.Reflection;
using System.Text;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Lists the public surface of an assembly, one member a line, in ordinal order.</summary>
internal static class PublicApi
{
    internal static string List(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName).Append('\n');
            foreach (string member in Members(type).Distinct().Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Every type that a public signature names.</summary>
    internal static IEnumerable<Type> SignatureTypes(Assembly assembly) =>
        assembly
            .GetExportedTypes()
            .Where(type => type.Namespace != "ConcreteMl.Interop")
            .SelectMany(type => Declared(type).SelectMany(TypesOf).Append(type.BaseType!).Concat(type.GetInterfaces()))
            .Where(type => type is not null)
            .SelectMany(Parts)
            .Distinct();

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static IEnumerable<string> Members(Type type) =>
        type.IsEnum ? Enum.GetNames(type) : Declared(type).Select(member => Describe(member));

    private static IEnumerable<MemberInfo> Declared(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not MethodInfo { IsSpecialName: true } and not FieldInfo { IsSpecialName: true })
            .Where(member => !member.Name.Contains('<', StringComparison.Ordinal));

    private static string Describe(MemberInfo member) =>
        member switch
        {
            PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {Accessors(property)} }}",
            MethodInfo method => $"{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
            ConstructorInfo constructor => $"new({Parameters(constructor)})",
            _ => $"{member.MemberType} {member.Name}",
        };

    private static string Accessors(PropertyInfo property) => property.SetMethod is { IsPublic: true } ? "get; init;" : "get;";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return $"ref {Name(type.GetElementType()!)}";
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[]";
        }

        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }

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
